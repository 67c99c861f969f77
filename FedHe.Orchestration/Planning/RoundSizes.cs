using FedHe.MLBridge.Planning;

namespace FedHe.Orchestration.Planning;

/// <summary>Round sizes are the plan of one kind of rounds of a job, and how long its messages are.</summary>
/// <param name="Plan">The plan of a full round in which every client has the largest weight.</param>
/// <param name="UploadBytes">The length in bytes of the longest upload message.</param>
/// <param name="AggregateBytes">The length in bytes of the longest aggregate message.</param>
/// <param name="UploadEndBytes">The length in bytes of what is behind the model update in an upload under round keys; 0 without round keys.</param>
/// <param name="AggregateBeginningBytes">The length in bytes of what is before the encrypted sums in an aggregate under round keys; 0 without round keys.</param>
internal sealed record RoundSizes(AggregationPlan Plan, long UploadBytes, long AggregateBytes, long UploadEndBytes, long AggregateBeginningBytes);
