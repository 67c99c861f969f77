namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>Bearer options say how callers are known by tokens of the host's own authentication, such as JWT bearer tokens of an OpenID provider.</summary>
public sealed class FedHeBearerOptions
{
    /// <summary>
    /// The name of the host's authorization policy that a request must meet. The policy names its authentication scheme, and decides which
    /// tokens are valid.
    /// </summary>
    public string Policy { get; set; } = string.Empty;

    /// <summary>The type of the claim that has the name of the client, as it is on the roster of the job.</summary>
    public string Claim { get; set; } = "sub";

    /// <summary>The value of the claim by which the key authority is known, or null where it answers no requests through this server.</summary>
    public string? Authority { get; set; }
}
