using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>A dashboard's access is checked here: whether its endpoints ask for authorization.</summary>
internal static class DashboardAccess
{
    /// <summary>Tells whether an endpoint is one of a dashboard.</summary>
    public static bool IsDashboard(Endpoint endpoint) => endpoint.Metadata.GetMetadata<DashboardMark>() is not null;

    /// <summary>Tells whether an endpoint asks for authorization: by a policy that was put on it, or by the host's policy for all endpoints.</summary>
    public static async ValueTask<bool> HasPolicyAsync(Endpoint endpoint, IAuthorizationPolicyProvider? policies)
    {
        bool isOpen = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        bool hasOwn = endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null;
        return !isOpen && (hasOwn || (policies is not null && await policies.GetFallbackPolicyAsync().ConfigureAwait(false) is not null));
    }
}
