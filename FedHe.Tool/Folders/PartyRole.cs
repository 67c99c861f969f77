namespace FedHe.Tool.Folders;

/// <summary>The roles that a folder can have.</summary>
internal enum PartyRole
{
    Server = 1,
    Authority = 2,
    Client = 3,
    Administrator = 4,
}
