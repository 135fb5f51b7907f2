"""A stand-in for Sage CRM: its REST API (SData 2.0), a little of its SOAP and SData 1.x, and what its users do."""
