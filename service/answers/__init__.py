"""From what a request asks to what it is answered: bodies, lists, and the ledger's records as the API shows them."""
