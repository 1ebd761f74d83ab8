"""Box with bounds from masks alone: convex visual hull, contact, orientation search."""
