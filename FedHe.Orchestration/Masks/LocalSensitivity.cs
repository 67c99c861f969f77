using FedHe.MLBridge.Sensitivity;

namespace FedHe.Orchestration.Masks;

/// <summary>One client's contribution to a mask. It depends on the client's data and leaves the client encrypted only.</summary>
/// <param name="Map">The sensitivity of every parameter: how much it gives away about the client's data.</param>
/// <param name="SampleCount">Number of the client's samples, at least 1: its weight.</param>
public sealed record LocalSensitivity(SensitivityMap Map, long SampleCount);
