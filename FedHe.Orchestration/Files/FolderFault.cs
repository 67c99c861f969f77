namespace FedHe.Orchestration.Files;

/// <summary>The reasons why a party cannot have a folder for itself alone.</summary>
internal enum FolderFault
{
    /// <summary>The folder is another party's.</summary>
    OtherOwner = 1,

    /// <summary>There is no such folder.</summary>
    NotFound,

    /// <summary>A party uses the folder now.</summary>
    InUse,

    /// <summary>The folder cannot be written for another reason.</summary>
    Inaccessible,
}
