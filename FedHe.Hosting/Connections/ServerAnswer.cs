namespace FedHe.Hosting.Connections;

/// <summary>What answers of FedHe's server have in common.</summary>
internal static class ServerAnswer
{
    private const string ProblemType = "application/problem+json";

    /// <summary>Tells whether an answer is a refusal of FedHe's server, and not of something before it or of a server that lacks the address.</summary>
    public static bool IsProblem(this HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType == ProblemType;
}
