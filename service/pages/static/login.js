// Whoever has signed out leaves nothing behind for the next person at this browser.

import { forgetAll } from "./drafts.js";

forgetAll();
