using FedHe.MLBridge.Layout;

namespace FedHe.Hosting.Clients;

/// <summary>Initial values open the model that all clients of a job start from, where the client's models are in files.</summary>
/// <param name="Model">The method that opens it.</param>
internal sealed record InitialValues(Func<IServiceProvider, IFlatModel> Model);
