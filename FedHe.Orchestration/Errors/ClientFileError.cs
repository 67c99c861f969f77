namespace FedHe.Orchestration.Errors;

/// <summary>The reasons why a client cannot use its folder.</summary>
public enum ClientFileError
{
    /// <summary>There is no folder at the path.</summary>
    NotFound = 1,

    /// <summary>Another client uses the folder, in this process or in another one.</summary>
    InUse,

    /// <summary>The folder is another client's, or of another job.</summary>
    OtherClient,

    /// <summary>The folder cannot be written for another reason, which the inner exception has.</summary>
    Inaccessible,
}
