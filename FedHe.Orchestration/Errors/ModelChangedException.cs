namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a trained model, or the one that it was trained from, whose values changed while they were encrypted. Nothing of the upload was signed, and the result of the training is not kept.</summary>
public sealed class ModelChangedException : IOException
{
    /// <summary>Creates the exception.</summary>
    public ModelChangedException()
        : base("The values of a model changed while they were encrypted, so the key of the upload was not made for them; nothing was signed. Have the trainer write nothing to a model that it returned, and pass the invitation in again.")
    {
    }
}
