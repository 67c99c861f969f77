using FedHe.Orchestration.Job;

namespace TorchFederation.Federations;

/// <summary>The outcome of a federation of adapters.</summary>
/// <param name="Accuracies">The accuracy on the held-out samples after each round, 0 to 1.</param>
/// <param name="LargestGap">The largest gap, of any round, between the average of the clients' products BA and the product of the averages.</param>
/// <param name="FirstUploadBytes">The bytes of the longest upload of round 1, as planned.</param>
/// <param name="SecondUploadBytes">The bytes of the longest upload of round 2, as planned.</param>
/// <param name="Release">The worst release of the model at any client.</param>
internal sealed record AdapterOutcome(
    IReadOnlyList<double> Accuracies, double LargestGap, long FirstUploadBytes, long SecondUploadBytes, ModelRelease Release);
