"""A stand-in for Maximizer CRM: the Octopus API (cloud) and Maximizer.Web.Data (on-premise)."""
