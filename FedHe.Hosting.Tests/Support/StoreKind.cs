namespace FedHe.Hosting.Tests.Support;

/// <summary>The stores that a server may be kept in.</summary>
public enum StoreKind
{
    Folder,
    PostgreSql,
}
