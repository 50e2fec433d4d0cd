# Two commands: `make run` and `make test`. The rest is for those who work on the code.
SHELL := /bin/bash
UI := crates/web/ui
ifeq ($(CI),true)
export CARGO_TARGET_DIR ?= $(HOME)/.cache/kefu/target
endif
TARGET := $(or $(CARGO_TARGET_DIR),target)
LOAD := $(TARGET)/release/kefu-load
SPAWN := --spawn $(TARGET)/release/kefu
UI_SOURCES := $(shell find $(UI)/src $(UI)/tools -type f 2>/dev/null) $(UI)/vite.config.ts $(UI)/package.json

.PHONY: run test build ui lint load bench faults clean

run: ui ## Gateway, simulator, demo brand and demo site on loopback
	cargo build --profile demo --locked -p kefu
	$(TARGET)/demo/kefu demo --data $${KEFU_DATA:-data}

test: ## Everything: format, lints, Rust tests with every backend, UI tests, browser tests
	@bash tests/all.sh

build: ui ## For production: leaves kefu and kefu-load in target/release
	cargo build --release --locked -p kefu -p kefu-load

ui: $(UI)/node_modules/.built

$(UI)/node_modules/.installed: $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(UI)/node_modules/.built: $(UI)/node_modules/.installed $(UI_SOURCES)
	cd $(UI) && npm run --silent build
	@touch $@

lint: ui ## Format, clippy, rustdoc, UI types and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	cd $(UI) && npm run --silent typecheck && npm run --silent lint

load: build ## Customers on the site (K1), then in WeChat through the simulator (K2), against throw-away gateways
	$(LOAD) k1 $(SPAWN) --agents 100 --customers 1000 --rate 1000 --seconds 30
	$(LOAD) k2 $(SPAWN) --agents 100 --customers 2000 --rate 1000 --seconds 30

bench: build ## The highest rate that holds p99 < 100 ms, callbacks, idle sockets, triggers, the platform's quota
	$(LOAD) k1 $(SPAWN) --agents 100 --customers 1000 --rate max --seconds 15
	$(LOAD) k2 $(SPAWN) --agents 100 --customers 2000 --rate 5000 --seconds 30
	for channel in wecom_kf official_account mini_program channels_shop; do \
		$(LOAD) callbacks $(SPAWN) --channel $$channel --rate 1000 --seconds 30 || exit 1; done
	$(LOAD) idle $(SPAWN) --connections 10000
	$(LOAD) triggers $(SPAWN)
	$(LOAD) quota $(SPAWN)

faults: build ## kill -9 under load: a hundred times with customers on the site, fifty times while pages are pulled
	$(LOAD) crash $(SPAWN) --kills 100
	$(LOAD) crash $(SPAWN) --kills 50 --channel wecom_kf --customers 1000 --rate 20 --min-ms 100 --max-ms 1500

clean:
	cargo clean
	rm -rf $(UI)/dist $(UI)/node_modules
