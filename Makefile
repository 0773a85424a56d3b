# adviced: make, make demo, make check.  See README.md.
#
# make              the programs, left beside this file
# make demo         eight weeks of one authority's mail in two minutes, on real mail servers
# make check        everything that is tested on every change
# make check-full   the long forms as well
# make bench        how fast the parts are that must be fast
# make soak         30 days of the fast clock: nothing may grow
# make unit         the logic tests alone (with sanitizers); make layers, make strict: those parts alone
# make torture      SEEDS=1000 lives of the whole daemon in a model of the world, in which everything goes wrong;
#                   PACK=durham: of another pack than birmingham
# make pictures     the pictures in the documents; make sbom: the bill of materials
# make fuzz         inputs made up by libFuzzer, for FUZZ_SECONDS a target; TARGETS="message tnef" for some alone
# make install      puts everything in its place: DESTDIR=, prefix=/usr/local, sysconfdir=/etc (give make the same ones)
# make uninstall    takes away what install put there, and nothing else
# make deb          the Debian package, in build/deb
CC      ?= gcc
BUILD   ?= build/rel
PKGS     = gmime-3.0 libcurl gnutls sqlite3 libconfig libpcre2-8 libseccomp libsystemd
PARSEPKGS = libytnef libzip libxml-2.0 poppler-glib
WARN     = -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wformat=2 -Wpointer-arith -Wundef -Wvla -Wimplicit-fallthrough
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
OPT     ?= -O2 -g
ALLPKGS  = $(PKGS) $(PARSEPKGS)
PKGFLAGS := $(shell pkg-config --cflags $(ALLPKGS) 2>/dev/null)
PKGLIBS  := $(shell pkg-config --libs $(ALLPKGS) 2>/dev/null)
CPPFLAGS += -D_GNU_SOURCE -Idaemon
CFLAGS  += $(WARN) $(OPT) $(HARDEN) $(EXTRA) $(PKGFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(EXTRA)
LIBS     = $(PKGLIBS) -letpan -lm

SOURCES  = $(wildcard daemon/*/*.c)
MAINS    = $(PROGRAMS:%=daemon/%.c)
OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o)
LIB      = $(BUILD)/libadviced.a
PROGRAMS = adviced adviced-parse advicectl

.PHONY: all demo check check-full unit layers strict deps clean sanitized helpers
all: $(PROGRAMS)

# make V=1 shows the commands.
Q        = $(if $(V),,@)

$(PROGRAMS): %: $(BUILD)/daemon/%.o $(LIB)
	$(if $(V),,@echo "  link  $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(OBJECTS)
	$(if $(V),,@echo "  lib   $@")
	@rm -f $@
	$(Q)ar crs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  cc    $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What building and testing need, from the distribution's packages; quiet when nothing is missing.  A make of its own
# follows, so that pkg-config sees what was just installed.
deps:
	@tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo/demo

check: deps
	@$(MAKE) --no-print-directory all
	@tests/run check

check-full: deps
	@$(MAKE) --no-print-directory all
	@tests/run full

# Where things are once installed: GNU's names.  The programs know where the configuration, rules, calendars and the
# parser lie, so these count for "make" as for "make install".
prefix        ?= /usr/local
exec_prefix   ?= $(prefix)
bindir        ?= $(exec_prefix)/bin
sbindir       ?= $(exec_prefix)/sbin
libexecdir    ?= $(exec_prefix)/libexec
libdir        ?= $(exec_prefix)/lib
datarootdir   ?= $(prefix)/share
datadir       ?= $(datarootdir)
mandir        ?= $(datarootdir)/man
docdir        ?= $(datarootdir)/doc/adviced
sysconfdir    ?= /etc
localstatedir ?= /var
PLACES = prefix sbindir bindir libexecdir libdir datadir mandir docdir sysconfdir localstatedir

# The one place that says which version this is: the newest heading there.
VERSION := $(or $(shell sed -n 's/^\#\# *\[*v*\([0-9][0-9.]*\).*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1),0)
KNOWN    = -DADVICED_ETC='"$(sysconfdir)/adviced"' -DADVICED_SHARE='"$(datadir)/adviced"' \
           -DADVICED_LIBEXEC='"$(libexecdir)/adviced"' -DADVICED_VERSION='"$(VERSION)"'
$(BUILD)/daemon/ctl/place.o: CPPFLAGS += $(KNOWN)
$(BUILD)/daemon/ctl/place.o: $(BUILD)/places
$(BUILD)/places: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$(KNOWN)" | cmp -s - $@ || printf '%s\n' "$(KNOWN)" > $@
.PHONY: FORCE

install: all
	@$(foreach place,$(PLACES),$(place)='$($(place))') DESTDIR='$(DESTDIR)' systemd/install.sh install
uninstall:
	@$(foreach place,$(PLACES),$(place)='$($(place))') DESTDIR='$(DESTDIR)' systemd/install.sh uninstall
deb:
	@VERSION='$(VERSION)' systemd/debian/make-deb
.PHONY: install uninstall deb

# The same sources once more, where a warning is an error.  Nothing is linked.
strict:
	@$(MAKE) --no-print-directory BUILD=build/strict EXTRA=-Werror strict-objects
strict-objects: $(OBJECTS) $(MAINS:%.c=$(BUILD)/%.o)
.PHONY: strict-objects

# Who may know whom: tests/layers.
layers: $(LIB)
	@tests/layers/run $(BUILD)

# Logic tests: built with the sanitizers, one program a file.
SANITIZE = BUILD=build/san OPT="-O1 -g" HARDEN=-fPIE \
           EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
UNITS    = $(wildcard tests/unit/test_*.c)
UNITBINS = $(UNITS:tests/%.c=$(BUILD)/%)
unit: sanitized
	@tests/unit/run
sanitized:
	@$(MAKE) --no-print-directory $(SANITIZE) unit-programs
unit-programs: $(UNITBINS)
.PHONY: unit-programs
$(BUILD)/unit/test_%: tests/unit/test_%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  link  $@")
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(LIBS) -lcmocka

# Fuzz targets: clang's build of everything, one program a file of tests/fuzz.
FUZZ_BUILD ?= build/fuzz
FUZZ_CC ?= clang-14
FUZZING  = BUILD=$(FUZZ_BUILD) CC=$(FUZZ_CC) OPT="-O1 -g" HARDEN=-fPIE EXTRA="-fsanitize=fuzzer-no-link,address,undefined \
           -fno-sanitize-recover=undefined -fno-omit-frame-pointer -D__SANITIZE_ADDRESS__=1 -Wno-format-nonliteral"
FUZZ     = $(wildcard tests/fuzz/fuzz_*.c)
FUZZBINS = $(FUZZ:tests/%.c=$(BUILD)/%)
fuzz: deps
	@tests/fuzz/run
fuzz-programs:
	@$(MAKE) --no-print-directory $(FUZZING) fuzz-targets
fuzz-targets: $(FUZZBINS) $(BUILD)/fuzz/records
.PHONY: fuzz fuzz-programs fuzz-targets
.SECONDARY: $(BUILD)/tests/fuzz/fuzz.o
$(BUILD)/fuzz/records: FUZZ_MAIN = fuzzer-no-link
$(BUILD)/fuzz/fuzz_%: FUZZ_MAIN = fuzzer
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/tests/fuzz/fuzz.o $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  link  $@")
	$(Q)$(CC) $(CPPFLAGS) -Itests/fuzz $(CFLAGS) $(LDFLAGS) -fsanitize=$(FUZZ_MAIN) -MMD -MP -o $@ $< \
	    $(BUILD)/tests/fuzz/fuzz.o $(LIB) $(LIBS)

# Programs that other tests use, built as shipped; what one is made of besides lies in a folder of its name.
HELPERS  = $(wildcard tests/e2e/*.c tests/parse/*.c tests/property/*.c tests/bench/*.c tests/board/*.c)
BOMBS    = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/parse/bombs/*.c))
helpers: $(HELPERS:tests/%.c=$(BUILD)/%)
$(HELPERS:tests/%.c=$(BUILD)/%): $(BUILD)/%: tests/%.c $(LIB)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  link  $@")
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(filter %.o,$^) $(LIB) $(LIBS) -lcmocka
$(BUILD)/parse/bombs: $(BOMBS)

# Lives among people, servers and disks that do what they like: tests/torture/torture.h.
SEEDS   ?= 1000
torture: deps
	@$(MAKE) --no-print-directory $(LIB)
	@BUILD=$(BUILD) tests/torture/run $(PACK:%=--pack %) --seeds $(SEEDS)
.PHONY: torture

# How fast the parts are that must be fast; not among the tests, since it wants a quiet machine.
bench: deps
	@$(MAKE) --no-print-directory all helpers
	@tests/bench/peers.sh
	@tests/bench/run
# 30 days of the fast clock, with mail every day: does anything grow?
soak: deps
	@$(MAKE) --no-print-directory all helpers
	@tests/bench/soak soak
.PHONY: bench soak

# The pictures in the documents, drawn by the program; and the packages that it is made of, as CycloneDX.
pictures: deps
	@$(MAKE) --no-print-directory all helpers
	@man/make/pictures
sbom: all
	@mkdir -p build
	@man/make/sbom > build/adviced.cdx.json.new && mv build/adviced.cdx.json.new build/adviced.cdx.json
	@echo "build/adviced.cdx.json"
.PHONY: pictures sbom

clean:
	rm -rf build $(PROGRAMS)

-include $(OBJECTS:.o=.d) $(MAINS:%.c=$(BUILD)/%.d) $(UNITBINS:=.d) $(FUZZBINS:=.d) $(HELPERS:tests/%.c=$(BUILD)/%.d) \
    $(BOMBS:.o=.d)
