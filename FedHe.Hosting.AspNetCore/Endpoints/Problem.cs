using Microsoft.AspNetCore.Http;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>
/// The refusals of the endpoints, as problems of RFC 9457. Their types are stable; their texts are the same for everybody, and hold nothing of
/// the request, the job or the machine.
/// </summary>
internal sealed record Problem(int Status, string Name, string Title)
{
    public static Problem Unavailable { get; } = new(StatusCodes.Status503ServiceUnavailable, "unavailable", "The server is starting or stopping.");

    public static Problem NotProtected { get; } = new(StatusCodes.Status403Forbidden, "tls-required", "The connection has no TLS.");

    public static Problem NoIdentity { get; } = new(StatusCodes.Status401Unauthorized, "no-identity", "The request shows no certificate and no token.");

    public static Problem NotForCaller { get; } = new(StatusCodes.Status403Forbidden, "not-authorized", "The server has nothing here for this caller.");

    public static Problem WrongSender { get; } = new(StatusCodes.Status403Forbidden, "wrong-sender", "The message names another party than its sender, or another job.");

    public static Problem NoMessage { get; } = new(StatusCodes.Status404NotFound, "no-message", "The mailbox has no such message.");

    public static Problem NoTransfer { get; } = new(StatusCodes.Status404NotFound, "no-transfer", "There is no such transfer. Begin it, or begin it again.");

    public static Problem WrongOffset { get; } = new(StatusCodes.Status409Conflict, "wrong-offset", "The transfer goes on at another offset.");

    public static Problem WrongChunk { get; } = new(StatusCodes.Status409Conflict, "wrong-chunk", "No chunk of the head of the transfer ends where the body does.");

    public static Problem DamagedChunk { get; } = new(StatusCodes.Status409Conflict, "damaged-chunk", "The bytes do not have the digest of their chunk. Send it again.");

    public static Problem Overtaken { get; } = new(StatusCodes.Status409Conflict, "overtaken", "A later request brings this chunk.");

    public static Problem Incomplete { get; } = new(StatusCodes.Status409Conflict, "incomplete", "Chunks of the message are missing.");

    public static Problem NoCertificate { get; } = new(StatusCodes.Status404NotFound, "no-certificate", "The epoch has not begun.");

    public static Problem OtherPlan { get; } = new(StatusCodes.Status409Conflict, "other-plan", "Members vote for another plan. Bring this one later.");

    public static Problem Malformed { get; } = new(StatusCodes.Status400BadRequest, "malformed", "The request is not one of this interface.");

    public static Problem TooSlow { get; } = new(StatusCodes.Status408RequestTimeout, "too-slow", "The message did not arrive in time.");

    public static Problem NoLength { get; } = new(StatusCodes.Status411LengthRequired, "length-required", "The request does not state the length of its message.");

    public static Problem TooLong { get; } = new(StatusCodes.Status413PayloadTooLarge, "too-long", "The message is longer than the job allows for its kind.");

    public static Problem TooMany { get; } = new(StatusCodes.Status429TooManyRequests, "too-many", "Enough messages of this party arrive already.");

    public static Problem TooManyViewers { get; } = new(StatusCodes.Status429TooManyRequests, "too-many-viewers", "Enough people watch already.");

    public static Problem NoRoom { get; } = new(StatusCodes.Status507InsufficientStorage, "no-room", "The server cannot save the message, or what follows from it. Sent again, it counts once.");

    public static Problem Failed { get; } = new(StatusCodes.Status500InternalServerError, "failed", "The server failed. Its log says why.");

    public IResult ToResult() => TypedResults.Problem(title: Title, statusCode: Status, type: $"urn:fedhe:problem:{Name}");

    /// <summary>The refusal of a message or a plan by the rules of the protocol, for its authenticated sender.</summary>
    public static IResult Refused(string reason) => TypedResults.Problem(
        title: "The server refuses the message.",
        statusCode: StatusCodes.Status422UnprocessableEntity,
        type: "urn:fedhe:problem:refused",
        extensions: new Dictionary<string, object?> { ["reason"] = reason });
}
