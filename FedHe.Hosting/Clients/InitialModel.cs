using FedHe.MLBridge.Layout;

namespace FedHe.Hosting.Clients;

/// <summary>The model that all clients of a job start from, which the host makes or reads.</summary>
/// <param name="Model">The method that makes or reads it.</param>
internal sealed record InitialModel(Func<IServiceProvider, ModelParameters> Model);
