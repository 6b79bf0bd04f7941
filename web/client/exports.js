/** The page of exports: its list fetches itself anew while something is being made. */

import "htmx.org";
