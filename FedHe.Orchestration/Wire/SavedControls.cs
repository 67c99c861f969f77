using FedHe.MLBridge.Controls;

namespace FedHe.Orchestration.Wire;

/// <summary>Saved controls are what a client of a job with control terms keeps beside its models.</summary>
/// <param name="Mean">The mean of all clients' control variates, which the latest sum was opened with.</param>
/// <param name="Own">The client's own control variate after the latest sum.</param>
/// <param name="Sent">The client's own control variate once an upload of a training is in an opened sum, for each training whose uploads may still be in one.</param>
/// <param name="TotalStep">The sum of the step sizes of the kept training, or 0 where none is kept.</param>
internal sealed record SavedControls(ControlVariate Mean, ControlVariate Own, IReadOnlyList<ControlVariate> Sent, double TotalStep);
