using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// The log contains all messages that this library logs: names, rounds, reasons, sizes and kernels, and the weights that count less than
/// their clients have samples, but never a value, a key or a credential. Event ids and names are stable, and docs/orchestration.md
/// lists them: 1xx for the authority, 2xx for the server, 3xx for clients.
/// </summary>
internal static partial class Log
{
    /// <summary>Says which kernels a server runs, and warns if they are slower than the processor allows.</summary>
    public static void KernelsOfServer(ILogger logger, HeKernels kernels)
    {
        ServerKernels(logger, kernels.ToString());
        if (kernels.AreHeldBack)
        {
            ServerKernelsHeldBack(logger, HeKernels.Describe(kernels.ProcessorWidth));
        }
    }

    /// <summary>Says which kernels a client runs, and warns if they are slower than the processor allows.</summary>
    public static void KernelsOfClient(ILogger logger, ClientId client, HeKernels kernels)
    {
        ClientKernels(logger, client, kernels.ToString());
        if (kernels.AreHeldBack)
        {
            ClientKernelsHeldBack(logger, client, HeKernels.Describe(kernels.ProcessorWidth));
        }
    }

    [LoggerMessage(101, LogLevel.Information, "Key granted to client {Client}.")]
    public static partial void KeyGranted(ILogger logger, ClientId client);

    [LoggerMessage(102, LogLevel.Warning, "Key request naming client '{Client}' refused: {Reason}.")]
    public static partial void KeyRefused(ILogger logger, ClientId client, KeyRefusalReason reason);

    [LoggerMessage(201, LogLevel.Information, "Client {Client} is available.")]
    public static partial void ClientAvailable(ILogger logger, ClientId client);

    [LoggerMessage(202, LogLevel.Information, "Client {Client} is not available.")]
    public static partial void ClientUnavailable(ILogger logger, ClientId client);

    [LoggerMessage(203, LogLevel.Information, "Round {Round}, attempt {Attempt}: {Selected} clients invited.")]
    public static partial void RoundStarted(ILogger logger, int round, int attempt, int selected);

    [LoggerMessage(204, LogLevel.Debug, "Round {Round}, attempt {Attempt}: upload of client {Client} accepted, {Bytes} bytes.")]
    public static partial void UploadAccepted(ILogger logger, int round, int attempt, ClientId client, long bytes);

    [LoggerMessage(205, LogLevel.Warning, "Message naming client '{Client}' refused: {Reason}.")]
    public static partial void MessageRefused(ILogger logger, ClientId client, RefusalReason reason);

    [LoggerMessage(206, LogLevel.Information, "Round {Round}, attempt {Attempt}: aggregate of {Contributors} clients, {Bytes} bytes.")]
    public static partial void RoundAggregated(ILogger logger, int round, int attempt, int contributors, long bytes);

    [LoggerMessage(207, LogLevel.Warning, "Round {Round}, attempt {Attempt}: no quorum at the deadline.")]
    public static partial void QuorumMissed(ILogger logger, int round, int attempt);

    [LoggerMessage(208, LogLevel.Information, "The job has ended: {Outcome}.")]
    public static partial void JobEnded(ILogger logger, FederationOutcome outcome);

    [LoggerMessage(209, LogLevel.Information, "Server resumed in round {Round}, attempt {Attempt}.")]
    public static partial void Resumed(ILogger logger, int round, int attempt);

    [LoggerMessage(210, LogLevel.Warning, "Round {Round}, attempt {Attempt}: too few clients or uploads at the deadline, waiting longer; try {Try}.")]
    public static partial void RoundExtended(ILogger logger, int round, int attempt, int @try);

    [LoggerMessage(211, LogLevel.Error, "Round {Round}, attempt {Attempt}: the strategy or its sampler selected no clients: {ErrorType}.")]
    public static partial void SelectionFailed(ILogger logger, int round, int attempt, string errorType);

    [LoggerMessage(212, LogLevel.Critical, "The server has stopped: client {Client} proved that a newer state of it exists. Resume that one.")]
    public static partial void Superseded(ILogger logger, ClientId client);

    [LoggerMessage(213, LogLevel.Warning, "The server was resumed from an old state: client {Client} knows more of round {Round}, attempt {Attempt}.")]
    public static partial void StateIsOld(ILogger logger, ClientId client, int round, int attempt);

    [LoggerMessage(214, LogLevel.Warning, "Round {Round}: the weight {Weight} of client {Client} counts as {Reference}, sixteen times the median or less.")]
    public static partial void WeightCountedLess(ILogger logger, int round, ClientId client, long weight, long reference);

    [LoggerMessage(215, LogLevel.Information, "The server computes with {Kernels}.")]
    private static partial void ServerKernels(ILogger logger, string kernels);

    [LoggerMessage(216, LogLevel.Warning, "The server computes slower than this processor allows, which has {Processor}: see Native AOT in docs/performance.md.")]
    private static partial void ServerKernelsHeldBack(ILogger logger, string processor);

    [LoggerMessage(217, LogLevel.Warning, "Round {Round}, attempt {Attempt}: client {Client} is excluded from the job: {Reason}.")]
    public static partial void ClientExcluded(ILogger logger, int round, int attempt, ClientId client, ExclusionReason reason);

    [LoggerMessage(218, LogLevel.Warning, "Round {Round}, attempt {Attempt}: wrong tags of {Part}; {Clients} clients are asked to show theirs.")]
    public static partial void InspectionStarted(ILogger logger, int round, int attempt, InspectedPart part, int clients);

    [LoggerMessage(219, LogLevel.Warning, "Round {Round}, attempt {Attempt}: client {Client} is left out, because committee members could not open its boxes.")]
    public static partial void LeftOut(ILogger logger, int round, int attempt, ClientId client);

    [LoggerMessage(220, LogLevel.Warning, "Round {Round}, attempt {Attempt}: given up, because the committee did not answer; the next round begins from the same model.")]
    public static partial void RoundGivenUp(ILogger logger, int round, int attempt);

    [LoggerMessage(221, LogLevel.Information, "Round {Round}: the plan of epoch {Epoch} is offered to {Members} members.")]
    public static partial void EpochOffered(ILogger logger, int round, int epoch, int members);

    [LoggerMessage(222, LogLevel.Warning, "Round {Round}: the plan of epoch {Epoch} is put off until after the next sum, because too many members have answered for a list and cannot vote.")]
    public static partial void EpochPutOff(ILogger logger, int round, int epoch);

    [LoggerMessage(223, LogLevel.Information, "Epoch {Epoch} begins with round {Round}: {Clients} clients, {Left} left.")]
    public static partial void EpochBegun(ILogger logger, int epoch, int round, int clients, int left);

    [LoggerMessage(224, LogLevel.Error, "Round {Round}, attempt {Attempt}: the file of the sum is missing, damaged or not the one that the state refers to; the attempt is repeated.")]
    public static partial void SumLost(ILogger logger, int round, int attempt);

    [LoggerMessage(225, LogLevel.Warning, "Client {Client} has lost its control variate, and contributes no more.")]
    public static partial void ClientWithdrew(ILogger logger, ClientId client);

    [LoggerMessage(226, LogLevel.Information, "Client {Client} has its control variate again, and contributes.")]
    public static partial void ClientReturned(ILogger logger, ClientId client);

    [LoggerMessage(227, LogLevel.Error, "Clients that contribute: {Contributing}; the quorum is {Quorum}, so that no round closes. End the job, unless a client finds the state that it lost.")]
    public static partial void QuorumOutOfReach(ILogger logger, int contributing, int quorum);

    [LoggerMessage(301, LogLevel.Information, "Client {Client}: training for round {Round}, attempt {Attempt}.")]
    public static partial void Training(ILogger logger, ClientId client, int round, int attempt);

    [LoggerMessage(302, LogLevel.Information, "Client {Client}: update of round {Round} encrypted, {Bytes} bytes.")]
    public static partial void UpdateEncrypted(ILogger logger, ClientId client, int round, long bytes);

    [LoggerMessage(303, LogLevel.Information, "Client {Client}: model of round {Round} received, {Contributors} contributors.")]
    public static partial void ModelReceived(ILogger logger, ClientId client, int round, int contributors);

    [LoggerMessage(304, LogLevel.Warning, "Client {Client}: message ignored: {Reason}.")]
    public static partial void MessageIgnored(ILogger logger, ClientId client, IgnoredReason reason);

    [LoggerMessage(305, LogLevel.Warning, "Client {Client}: the server refused a message: {Reason}.")]
    public static partial void Refused(ILogger logger, ClientId client, RefusalReason reason);

    [LoggerMessage(306, LogLevel.Information, "Client {Client}: aggregate of round {Round} missing, asking for the latest.")]
    public static partial void CatchingUp(ILogger logger, ClientId client, int round);

    [LoggerMessage(307, LogLevel.Warning, "Client {Client}: {Count} values of the update of round {Round} were clamped to their bounds.")]
    public static partial void Clamped(ILogger logger, ClientId client, long count, int round);

    [LoggerMessage(309, LogLevel.Warning, "Client {Client}: {Samples} samples count as the largest weight of the job, {Weight}.")]
    public static partial void WeightCapped(ILogger logger, ClientId client, long samples, long weight);

    [LoggerMessage(308, LogLevel.Error, "Client {Client} dropped out: {ErrorType}.")]
    public static partial void DroppedOut(ILogger logger, ClientId client, string errorType);

    [LoggerMessage(310, LogLevel.Information, "Client {Client} computes with {Kernels}.")]
    private static partial void ClientKernels(ILogger logger, ClientId client, string kernels);

    [LoggerMessage(311, LogLevel.Warning, "Client {Client} computes slower than this processor allows, which has {Processor}: see Native AOT in docs/performance.md.")]
    private static partial void ClientKernelsHeldBack(ILogger logger, ClientId client, string processor);

    [LoggerMessage(312, LogLevel.Information, "Client {Client}: epoch {Epoch} begins with round {Round}; the client stays: {Stays}.")]
    public static partial void EpochEntered(ILogger logger, ClientId client, int epoch, int round, bool stays);

    [LoggerMessage(313, LogLevel.Warning, "Client {Client}: the plan or the certificate of an epoch is refused: {Reason}.")]
    public static partial void EpochRefused(ILogger logger, ClientId client, EpochError reason);

    [LoggerMessage(314, LogLevel.Error, "Client {Client}: the sum of round {Round} has a contribution that this client does not remember, so its control variate is lost, and it contributes no more.")]
    public static partial void ControlLost(ILogger logger, ClientId client, int round);

    [LoggerMessage(315, LogLevel.Warning, "Client {Client}: the file of the acknowledged upload of round {Round} is missing or damaged; the client can neither send it again nor show a part of it.")]
    public static partial void UploadLost(ILogger logger, ClientId client, int round);

    [LoggerMessage(316, LogLevel.Warning, "Client {Client}: a trained model that is needed no more failed to be released: {ErrorType}.")]
    public static partial void ModelNotReleased(ILogger logger, ClientId client, string errorType);
}
