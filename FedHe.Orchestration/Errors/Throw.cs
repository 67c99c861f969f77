using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>Exceptions that more than one place throws, worded once.</summary>
internal static class Throw
{
    public static HeMismatchException ParametersOfAnotherJob()
        => new("The scheme's parameters are not those of the job. All parties of a job use one parameter set.");

    public static HeMismatchException KeysOfAnotherJob()
        => new("The keys are not those of the job. Ask the job's key authority for a grant.");

    public static HeMismatchException EncryptorOfAnotherJob()
        => new("The encryptor has other parameters or another key than the job. It must encrypt under the job's key.");

    public static HeMismatchException InitialModelOfAnotherJob()
        => new("The initial model is not the one that the job describes. All clients start from the same model.");

    public static HeMismatchException MaskOfAnotherAgreement()
        => new("The job's mask is not the one that this client agreed upon. Do not train under it; ask who changed it.");

    public static HeMismatchException NotAnAgreement()
        => new("The job agrees upon no mask. Make its description with MaskAgreement.CreateJob.");

    public static HeMismatchException AgreementOfAnotherModel()
        => new("The job agrees upon the mask of another model. All clients compute their maps for the same one.");

    public static ArgumentException NothingToAgreeUpon(string parameter)
        => new("This policy needs no sensitivity, so there is nothing to agree upon: apply it to the layout.", parameter);

    public static MaskNotAgreedException TooFewMaps(Exception? firstFailure)
        => new("Too few clients contributed a sensitivity map in every attempt allowed." +
            (firstFailure is null ? string.Empty : $" The first that failed says: {firstFailure.Message}"));

    public static MaskNotAgreedException DifferentMasks()
        => new("Clients found different masks, or none of them received the result. Agree again before training.");

    public static HeMismatchException StrategyOfAnotherJob(string expected, string actual)
        => new($"The job asks for the strategy '{expected}', not '{actual}'.");
}
