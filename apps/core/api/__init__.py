"""What every resource of the REST API shares: errors, paging, idempotent answers, versions, strict input. No domain in it."""
