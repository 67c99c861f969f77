using FedHe.MLBridge.Sensitivity;

namespace FedHe.Orchestration.Masks;

/// <summary>
/// A local sensitivity is one client's contribution to a mask. It depends on the client's data, so it leaves the client
/// only encrypted.
/// </summary>
/// <param name="Map">
/// The sensitivity of every parameter, which measures how much it reveals about the client's data.
/// </param>
/// <param name="SampleCount">The number of the client's samples, at least 1, which is the client's weight.</param>
public sealed record LocalSensitivity(SensitivityMap Map, long SampleCount);
