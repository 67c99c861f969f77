using FedHe.MLBridge.Sensitivity;

namespace FedHe.Orchestration.Masks;

/// <summary>What one client contributes to a mask. It depends on the client's data: it leaves encrypted only.</summary>
/// <param name="Map">How much every parameter gives away about the client's data.</param>
/// <param name="SampleCount">Number of the client's samples, at least 1: its weight.</param>
public sealed record LocalSensitivity(SensitivityMap Map, long SampleCount);
