using System.Collections.Immutable;
using FedHe.Orchestration.Epochs;

namespace FedHe.Orchestration.Server;

/// <summary>A catch-up part is what a client lacks of one epoch, in the order in which it is sent.</summary>
/// <param name="Lists">The lists of rounds whose sums the client does not get.</param>
/// <param name="HasAggregate">Whether the latest aggregate follows.</param>
/// <param name="Certificate">The certificate of the next epoch, or null.</param>
internal sealed record CatchUpPart(ImmutableArray<ReadOnlyMemory<byte>> Lists, bool HasAggregate, EpochCertificate? Certificate);
