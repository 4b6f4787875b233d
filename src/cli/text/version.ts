/** The program's version, read when it is wanted. */
export async function version(): Promise<string> {
  const { default: config } = await import("../../../deno.json", { with: { type: "json" } });
  return config.version;
}
