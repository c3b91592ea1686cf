// Draws <div data-map='[{"lat", "lon", "label", "href", "band"}]'>: points on plain ground, with tiles only where the
// installation names a source of them. The list under the map says the same in words.
import L from "leaflet";
import "leaflet/dist/leaflet.css";

// Towns that are named on the map at once; of more, each is named when it is pointed at.
const MOST_NAMED = 12;

document.querySelectorAll("[data-map]").forEach((box) => {
  const points = JSON.parse(box.dataset.map);
  if (!points.length) return;
  box.hidden = false;
  const map = L.map(box, { scrollWheelZoom: false, attributionControl: Boolean(box.dataset.tiles) });
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.tilesBy ?? "" }).addTo(map);
  for (const point of points) {
    const mark = L.circleMarker([point.lat, point.lon], { radius: 9, className: `dot ${point.band ?? ""}` }).addTo(map);
    const link = document.createElement(point.href ? "a" : "span");
    link.textContent = point.label;
    if (point.href) link.href = point.href;
    mark.bindPopup(link);
    mark.bindTooltip(point.label, { permanent: points.length <= MOST_NAMED, direction: "right", offset: [8, 0] });
  }
  map.fitBounds(points.map((point) => [point.lat, point.lon]), { padding: [30, 30], maxZoom: 12 });
});
