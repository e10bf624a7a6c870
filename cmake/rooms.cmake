# The rooms of the house and the floor each stands on. A room may include only rooms on lower floors
# (and itself); test/rooms fails otherwise. ARCHITECTURE.md tours them.
#
#   outrider_room(<room> <directory> <floor> [ONLY room...])   ONLY: may include nothing but these
set(OUTRIDER_ROOM_ORDER "")
macro(outrider_declare room dir floor)
  list(APPEND OUTRIDER_ROOM_ORDER ${room})
  set(OUTRIDER_ROOM_DIR_${room} ${dir})
  set(OUTRIDER_ROOM_FLOOR_${room} ${floor})
  set(OUTRIDER_ROOM_ONLY_${room} ${ARGN})
endmacro()

outrider_declare(base     src/base     0)
outrider_declare(crypto   src/crypto   1)
outrider_declare(wire     src/wire     1)
outrider_declare(net      src/net      2)
outrider_declare(facts    src/facts    2)
outrider_declare(ledger   src/ledger   3)
outrider_declare(store    src/store    3)
outrider_declare(fleet    src/fleet    4)
outrider_declare(identity src/identity 4)
outrider_declare(detect   src/detect   4)
outrider_declare(respond  src/respond  4)
outrider_declare(gateway  src/gateway  5)
outrider_declare(api      src/api      5)
outrider_declare(server   src/server   6)
outrider_declare(cli      src/cli      7)
outrider_declare(sim      sim          7 base crypto wire net)
