using FedHe.Crypto;

namespace FedHe.Orchestration;

/// <summary>Exceptions that more than one place throws, worded once.</summary>
internal static class Throw
{
    public static HeMismatchException ParametersOfAnotherJob()
        => new("The scheme's parameters are not those of the job. All parties of a job use one parameter set.");

    public static HeMismatchException KeysOfAnotherJob()
        => new("The keys are not those of the job. Ask the job's key authority for a grant.");

    public static HeMismatchException InitialModelOfAnotherJob()
        => new("The initial model is not the one that the job describes. All clients start from the same model.");

    public static HeMismatchException StrategyOfAnotherJob(string expected, string actual)
        => new($"The job asks for the strategy '{expected}', not '{actual}'.");
}
