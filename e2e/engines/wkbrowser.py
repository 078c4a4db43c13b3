#!/usr/bin/python3
"""The browser that WebKitWebDriver starts for the tests: WebKitGTK's own MiniBrowser forgets everything
when it ends, and this one keeps its profile. WebKitWebDriver says by an environment variable where it listens."""

import argparse
import os
import signal

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402  (versions first)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", required=True, help="folder that outlives this process")
    parser.add_argument("--log", required=True, help="file that gets the console of pages and workers")
    parser.add_argument("--feature", action="append", default=[], help="+Name or -Name")
    parser.add_argument("--no-itp", action="store_true", help="no tracking prevention, unlike Safari")
    # WebKitWebDriver may add switches of its own.
    return parser.parse_known_args()[0]


def write_output_to(path):
    """WebKitWebDriver closes our output, and console messages have no other way out."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def lead_group(path):
    """WebKit's other processes do not always end with this one; as a group they can be found."""
    os.setpgid(0, 0)
    with open(path, "w", encoding="ascii") as file:
        file.write(str(os.getpid()))


def create_settings(switches):
    settings = WebKit2.Settings()
    settings.set_enable_write_console_messages_to_stdout(True)
    # Without it a window that script opens needs a user gesture, which WebDriver's clicks are not always.
    settings.set_javascript_can_open_windows_automatically(True)
    features = WebKit2.Settings.get_all_features()
    known = {}
    for index in range(features.get_length()):
        feature = features.get(index)
        known[feature.get_identifier()] = feature
    for switch in switches:
        settings.set_feature_enabled(known[switch[1:]], switch.startswith("+"))
    return settings


def create_context(profile, itp):
    data = WebKit2.WebsiteDataManager(
        base_data_directory=os.path.join(profile, "data"),
        base_cache_directory=os.path.join(profile, "cache"),
    )
    # On in Safari. Without it this network library takes a sibling's cookies for a third party's: frames cannot set any.
    data.set_itp_enabled(itp)
    context = WebKit2.WebContext(website_data_manager=data)
    context.get_cookie_manager().set_persistent_storage(
        os.path.join(profile, "cookies.sqlite"), WebKit2.CookiePersistentStorage.SQLITE
    )
    context.set_automation_allowed(True)
    return context


class Browser:
    def __init__(self, arguments):
        # navigator.storage is on in Safari and off by default here.
        self.settings = create_settings(["+StorageAPI", *arguments.feature])
        self.context = create_context(arguments.profile, itp=not arguments.no_itp)
        self.context.connect("automation-started", self.describe)
        self.windows = set()

    def describe(self, _context, session):
        info = WebKit2.ApplicationInfo()
        info.set_name("token-guardian-tests")
        info.set_version(
            WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version()
        )
        session.set_application_info(info)
        session.connect("create-web-view", self.open_tab)

    def open_tab(self, _session):
        view = WebKit2.WebView(
            web_context=self.context, settings=self.settings, is_controlled_by_automation=True
        )
        view.connect("create", self.open_popup)
        self.show(view)
        return view

    def open_popup(self, opener, _action):
        view = WebKit2.WebView(related_view=opener, settings=self.settings)
        view.connect("create", self.open_popup)
        view.connect("ready-to-show", self.show)
        return view

    def show(self, view):
        window = Gtk.Window()
        window.set_default_size(1024, 768)
        window.add(view)
        # Python's own reference: GTK's alone does not keep the wrapper and its handlers.
        self.windows.add(window)
        view.connect("close", lambda _view: window.destroy())
        window.connect("destroy", self.windows.discard)
        window.show_all()


def main():
    arguments = parse_arguments()
    write_output_to(arguments.log)
    lead_group(os.path.join(arguments.profile, "browser.pid"))
    browser = Browser(arguments)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, Gtk.main_quit)
    Gtk.main()
    del browser


main()
