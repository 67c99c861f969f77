using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Squeezing;

namespace FedHe.Orchestration.Updates;

/// <summary>An opened model is what clients have after a sum.</summary>
/// <param name="Average">The model, with its error bounds.</param>
/// <param name="ClipPosition">The position of the clip for the next round; 0 in jobs without an adaptive clip.</param>
/// <param name="Squeeze">The pass after the sum, or null in jobs without sparsification terms.</param>
/// <param name="Mean">The mean of all clients' control variates after the sum, or null in jobs without control terms.</param>
internal sealed record OpenedModel(AveragedModel Average, int ClipPosition = 0, SqueezePass? Squeeze = null, ControlVariate? Mean = null);
