using System.Collections.Immutable;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>What came of a frame that a host handled to the end: one boundary of a run.</summary>
/// <param name="Number">The number of the frame in the run.</param>
/// <param name="Party">The party that handled it.</param>
/// <param name="Kind">The kind of the frame.</param>
/// <param name="Message">The kind of the message in the frame; null where it holds none that server and clients exchange.</param>
/// <param name="Files">The names of the files that the host wrote, in their order.</param>
/// <param name="Sent">The frames that left, by kind and receiver.</param>
/// <param name="HasTrained">Whether a client trained.</param>
internal sealed record DeliveredFrame(
    int Number, string Party, FrameKind Kind, MessageKind? Message, ImmutableArray<string> Files, ImmutableArray<(string To, MessageKind? Kind)> Sent, bool HasTrained);
