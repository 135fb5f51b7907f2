"""Campaigns that are written here: designed, checked, tested, sent, followed up."""
