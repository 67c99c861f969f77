using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Masks;

/// <summary>
/// A sensitivity source computes a client's sensitivity map on the client's own data; a host implements it.
/// </summary>
/// <param name="model">The model that training will start from.</param>
/// <param name="cancellationToken">
/// Cancels the computation; the agreement then continues without this client's map.
/// </param>
public delegate Task<LocalSensitivity> SensitivitySource(ModelParameters model, CancellationToken cancellationToken);
