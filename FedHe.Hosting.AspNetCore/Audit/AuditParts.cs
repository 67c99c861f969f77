using FedHe.Hosting.Stores;
using FedHe.Orchestration.Privacy;

namespace FedHe.Hosting.AspNetCore.Audit;

/// <summary>Audit parts are what an audit trail is made of.</summary>
/// <param name="Store">The store of the server.</param>
/// <param name="Privacy">The host's provider of differential privacy, which computes what sums cost; or null.</param>
internal sealed record AuditParts(IServerStore Store, IPrivacyProvider? Privacy);
