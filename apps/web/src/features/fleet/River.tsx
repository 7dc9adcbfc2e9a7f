import type { ClusterResponse, LedgerEntryResponse } from '@flotilla/contracts';
import { useComputedColorScheme } from '@mantine/core';
import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useMemo, useRef } from 'react';
import { useNow, useUtc } from '../../ui/clock.js';
import { absoluteText, clockText } from '../../ui/time-text.js';
import { bandColours } from './band-colours.js';
import { riverOf, riverWindow } from './river.js';

echarts.use([LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

const buckets = 90;
/** The chart moves on with the clock at most this often; data moves it at once. */
const windowStepMs = 30_000;

/** Share of the fleet on each revision over time. The bars below the chart hold the same in words, so the picture itself is skipped by readers. */
export function River({
  clusters,
  entries,
  colours,
}: {
  clusters: readonly ClusterResponse[];
  entries: readonly LedgerEntryResponse[];
  colours: ReadonlyMap<string, string>;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const scheme = useComputedColorScheme('light');
  const [utc] = useUtc();
  const step = Math.floor(useNow() / windowStepMs);
  const river = useMemo(() => {
    const window = riverWindow(entries, Math.max(Date.now(), step * windowStepMs));
    return riverOf(clusters, entries, window.from, window.to, buckets);
  }, [clusters, entries, step]);

  useEffect(() => {
    if (!place.current) return;
    const made = echarts.init(place.current);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const dark = scheme === 'dark';
    const [ink, line] = dark ? ['#a2a7b2', '#2c2f36'] : ['#5d626c', '#e4e6ea'];
    const total = clusters.length;
    const series = [
      ...river.bands.map((band) => ({ name: band.commit.slice(0, 7), counts: band.counts, colour: colours.get(band.commit) ?? bandColours.other })),
      { name: 'differs or not known', counts: river.rest, colour: dark ? '#3a3d45' : '#dfe2e7' },
    ].filter((each) => each.counts.some((count) => count > 0));
    chart.current?.setOption(
      {
        animation: false,
        grid: { left: 40, right: 10, top: 10, bottom: 24 },
        xAxis: {
          type: 'time',
          axisLine: { lineStyle: { color: line } },
          axisTick: { lineStyle: { color: line } },
          axisLabel: { color: ink, fontSize: 11, hideOverlap: true, formatter: (time: number) => clockText(new Date(time).toISOString(), utc) },
          min: river.times[0],
          max: river.times.at(-1),
        },
        yAxis: { type: 'value', max: Math.max(total, 1), axisLabel: { color: ink, fontSize: 11 }, splitLine: { lineStyle: { color: line } }, minInterval: 1 },
        tooltip: {
          trigger: 'axis',
          confine: true,
          backgroundColor: dark ? '#24262c' : '#ffffff',
          borderColor: line,
          textStyle: { color: dark ? '#e7e8eb' : '#1c1e23', fontSize: 12 },
          order: 'seriesDesc',
          axisPointer: { lineStyle: { color: ink } },
          formatter: (points: { seriesName: string; value: [number, number]; marker: string; axisValue: number }[]) =>
            [
              absoluteText(new Date(points[0]?.value[0] ?? 0).toISOString(), utc),
              ...points.filter((point) => point.value[1] > 0).map((point) => `${point.marker} ${point.seriesName}: ${point.value[1]} of ${total}`),
            ].join('<br>'),
        },
        series: series.map((each) => ({
          type: 'line',
          name: each.name,
          stack: 'fleet',
          step: 'end',
          symbol: 'none',
          lineStyle: { width: 0 },
          areaStyle: { color: each.colour, opacity: 0.9 },
          itemStyle: { color: each.colour },
          emphasis: { disabled: true },
          data: each.counts.map((count, index) => [river.times[index], count]),
        })),
      },
      { notMerge: true },
    );
  }, [river, scheme, utc, colours, clusters.length]);

  return <div ref={place} className="chart" role="img" aria-label="Share of the fleet on each revision over time; the table of revisions holds the numbers" />;
}
