using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Masks;

/// <summary>Computes a client's sensitivity map on the client's own data. A host implements it.</summary>
/// <param name="model">The model that training will start from.</param>
/// <param name="cancellationToken">Cancels the computation; the agreement then goes on without this client's map.</param>
public delegate Task<LocalSensitivity> SensitivitySource(ModelParameters model, CancellationToken cancellationToken);
