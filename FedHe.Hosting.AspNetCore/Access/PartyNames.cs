namespace FedHe.Hosting.AspNetCore.Access;

/// <summary>The names of the parties of a job in addresses: those of its clients, and one that no client can have.</summary>
internal static class PartyNames
{
    public const string Authority = "@authority";
}
