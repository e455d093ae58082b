/*
** wats.h - what a C host may include.
**
** A host that embeds Lua and links the module statically registers
** luaopen_wats_core under "wats.core" in package.preload; a host that lets
** Lua load the shared object needs nothing from here but the version.
*/
#ifndef WATS_H
#define WATS_H

#define WATS_VERSION "0.1.0"

#if defined(_WIN32)
#define WATS_EXPORT __declspec(dllexport)
#else
#define WATS_EXPORT __attribute__((visibility("default")))
#endif

struct lua_State;

/* Opens the C core: leaves the table of "wats.core" on the stack. */
WATS_EXPORT int luaopen_wats_core(struct lua_State *L);

#endif
