namespace FedHe.Orchestration.Job;

/// <summary>A model release says who may have a model that a client decrypted.</summary>
public enum ModelRelease
{
    /// <summary>
    /// The model is for holders of the job's secret key alone: from others it would not hide the key.
    /// </summary>
    KeyHoldersOnly = 0,

    /// <summary>
    /// The model may not leave the clients yet, because too few of them confirmed that they have the same one.
    /// </summary>
    Unconfirmed = 1,

    /// <summary>
    /// More than half of the clients confirmed that they have the same model. It reveals the average, and nothing about any
    /// key.
    /// </summary>
    MayBePublished = 2,
}
