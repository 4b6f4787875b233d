/** The page of a server, made by `deno task page` from the files in `page/`. */

import assets from "./assets.json" with { type: "json" };
import type { Page } from "./routes.ts";

export const PAGE: Page = assets;
