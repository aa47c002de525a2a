//! Rules on streams: contents are found across segments, and however the stream was cut into
//! segments, the same is found.
//!
//! A match counts where it ends in new octets; the next match of the same rule must lie behind
//! it. A rule whose pattern was seen and which asks for more waits for the octets that follow.

use super::marks::About;
use super::octets::Run;
use super::window::{KEPT, Window};
use super::{Bench, Memory, Scene};
use crate::rules::compile::{ContentStep, Engine, Level, Needs, Plan, Source, Step, VARIABLES};

/// Most matches of one rule told of one piece of stream. More of them is a rule that looks for
/// next to nothing.
const FIRES: usize = 64;

impl Bench {
    /// Looks at the next octets of one side of a TCP stream, before the conversation does.
    pub(super) fn stream(
        &mut self,
        engine: &Engine,
        scene: &Scene,
        octets: &[u8],
        memory: &mut Option<Box<Memory>>,
    ) {
        if !engine.wants.1 {
            return;
        }
        let (source, destination) = (scene.source.port, scene.destination.port);
        let class = scene.class(engine);
        let of_group = engine.streams.has_either(class, source, destination)
            || engine.heads.has_either(class, source, destination);
        self.candidates.clear();
        let ends = [scene.source, scene.destination];
        engine
            .loose_streams
            .candidates(ends, scene.speaks, Needs::default(), &mut self.candidates);
        if !of_group && self.candidates.is_empty() {
            // What is passed over here is missing from the window.
            if let Some(held) = memory {
                held.gap(scene.side);
            }
            return;
        }
        let held = memory.get_or_insert_default();
        let window = scene.side.of_mut(&mut held.windows).take();
        let mut window = window.unwrap_or_default();
        let (behind, room) = (window.octets.len(), window.room());
        let is_head = window.start == 0 && !window.broken;
        window.push(octets);
        let heads = engine
            .heads
            .groups(class, (source, destination), scene.speaks);
        let groups = engine
            .streams
            .groups(class, (source, destination), scene.speaks);
        for place in groups.chain(heads.filter(|_| is_head)) {
            if let Some(group) = engine.groups.get(place as usize) {
                let from = behind.saturating_sub(group.longest.saturating_sub(1));
                group.scan(
                    window.octets.get(from..).unwrap_or_default(),
                    &mut self.scratch,
                    &mut self.patterns,
                    &mut self.candidates,
                );
            }
        }
        let armed = window.armed.iter().map(|(rule, _)| *rule);
        self.candidates.extend(armed);
        self.each(engine, |bench, number, plan, rule| {
            if plan.octets.stream && scene.fits(plan, rule, memory.as_deref()) {
                bench.stream_rule(engine, (number, plan), behind, &mut window, scene, memory);
            }
        });
        window.trim();
        self.budget.settle(&mut window, room);
        if let Some(held) = memory {
            *scene.side.of_mut(&mut held.windows) = Some(window);
        }
    }

    /// Tells all matches of one rule that end behind `behind`.
    fn stream_rule(
        &mut self,
        engine: &Engine,
        (number, plan): (u32, &Plan),
        behind: usize,
        window: &mut Window,
        scene: &Scene,
        memory: &mut Option<Box<Memory>>,
    ) {
        for _ in 0..FIRES {
            let fired = window.fired(number).map_or(0, |place| {
                usize::try_from(place.saturating_sub(window.start)).unwrap_or(usize::MAX)
            });
            let base = if plan.octets.anchored {
                if window.start > 0 || window.broken || window.fired(number).is_some() {
                    return;
                }
                0
            } else {
                fired.max(behind.saturating_sub(KEPT))
            };
            let Some(octets) = window.octets.get(base..) else {
                return;
            };
            let new = behind.saturating_sub(base);
            let Some(end) = self.work.stream(plan, octets, new) else {
                if waits(plan) {
                    let place = window.start + window.octets.len() as u64;
                    let armed = window.armed.iter().any(|(rule, _)| *rule == number);
                    if (!armed || self.has_pattern(plan, octets, new))
                        && !window.arm(number, place)
                        && let Some(held) = memory
                    {
                        held.evicted += 1;
                    }
                }
                return;
            };
            let place = window.start + (base + end) as u64;
            window.fire(number, place);
            window.armed.retain(|(rule, _)| *rule != number);
            self.matched(engine, number, About::Stream, scene, memory);
            if plan.last > Level::Octets {
                return;
            }
        }
    }

    /// Whether some content of the rule is in the new octets: then it waits on from there.
    fn has_pattern(&self, plan: &Plan, octets: &[u8], new: usize) -> bool {
        let contents = plan.octets.buffers.iter().flat_map(|buffer| &buffer.steps);
        contents.into_iter().any(|step| match step {
            Step::Content(content) => !content.content.negated && is_new(content, octets, new),
            _ => false,
        })
    }
}

/// Whether a content is somewhere in the octets and ends behind the first `new`.
fn is_new(content: &ContentStep, octets: &[u8], new: usize) -> bool {
    let from = (new + 1).saturating_sub(content.content.octets.len());
    content
        .find(octets, from.min(octets.len()), octets.len())
        .is_some()
}

/// Whether a rule asks for several things, which may come one after the other.
fn waits(plan: &Plan) -> bool {
    let steps = plan.octets.buffers.iter().flat_map(|buffer| &buffer.steps);
    steps.filter(|step| is_positive(step)).count() > 1
}

/// Whether a test finds something, so that a match can be told by where that lies.
fn is_positive(step: &Step) -> bool {
    match step {
        Step::Content(content) => !content.content.negated,
        Step::Regex(regex) => !regex.negated,
        _ => false,
    }
}

impl super::work::Work {
    /// Whether the stream part of a rule holds of these octets with something found that ends
    /// behind the first `new`: where the earliest such match ends.
    fn stream(&mut self, plan: &Plan, octets: &[u8], new: usize) -> Option<usize> {
        let buffers = &plan.octets.buffers;
        let mut some_positive = false;
        let mut earliest: Option<usize> = None;
        for (which, buffer) in buffers.iter().enumerate() {
            if matches!(buffer.source, Source::Base64) {
                continue;
            }
            for (place, step) in buffer.steps.iter().enumerate() {
                if !is_positive(step) {
                    continue;
                }
                some_positive = true;
                if let Step::Content(content) = step
                    && !is_new(content, octets, new)
                {
                    continue;
                }
                if let Some(end) = self.stream_with(plan, octets, (which, place, new)) {
                    earliest = Some(earliest.map_or(end, |known| known.min(end)));
                }
            }
        }
        if some_positive {
            return earliest;
        }
        // Nothing to be found: the tests are laid over the new octets alone.
        let fresh = if plan.octets.anchored {
            octets
        } else {
            octets.get(new..)?
        };
        let skipped = octets.len() - fresh.len();
        self.stream_with(plan, fresh, (usize::MAX, 0, 0))
            .map(|_| skipped + fresh.len())
    }

    /// One try: the test at `place` of buffer `which` must end behind the first `new` octets.
    fn stream_with(
        &mut self,
        plan: &Plan,
        octets: &[u8],
        (which, place, new): (usize, usize, usize),
    ) -> Option<usize> {
        self.variables = [0; VARIABLES];
        self.decoded.clear();
        let mut span = (usize::MAX, 0);
        for (number, buffer) in plan.octets.buffers.iter().enumerate() {
            if matches!(buffer.source, Source::Base64) {
                if !self.buffer(buffer, &[]) {
                    return None;
                }
                continue;
            }
            let mut run = Run::new(
                octets,
                &buffer.steps,
                &mut self.variables,
                &mut self.decoded,
            );
            run.fresh = (number == which).then_some((place, new));
            if !run.holds() {
                return None;
            }
            span = (span.0.min(run.span.0), span.1.max(run.span.1));
        }
        let fits = span.1.saturating_sub(span.0.min(span.1)) <= KEPT;
        fits.then_some(span.1)
    }
}
