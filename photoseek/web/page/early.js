// Before the first paint: the theme that a person chose, so that a dark page never flashes white.
document.documentElement.dataset.theme = localStorage.getItem("photoseek.theme") ?? "auto";
