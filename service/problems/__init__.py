"""Why a request is refused, as problem details that say what to do."""
