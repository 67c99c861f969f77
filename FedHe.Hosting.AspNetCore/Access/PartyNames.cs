namespace FedHe.Hosting.AspNetCore.Access;

/// <summary>Addresses name a client by its own name, and the key authority by a name that no client can have.</summary>
internal static class PartyNames
{
    public const string Authority = "@authority";
}
