using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>
/// The error messages of this assembly, except the fixed ones in exception types. Callers write <c>throw Throw.X()</c>.
/// </summary>
internal static class Throw
{
    public static NotSupportedException OuterSumsNotBound(string scheme)
        => new(
            $"Sums under the scheme '{scheme}' cannot be bound by tags before they are decrypted, so it cannot protect round keys. " +
            "Use managed CKKS, Microsoft SEAL or Paillier, or a job in the direct mode.");

    public static ArgumentException AuditEntryUnreadable(string parameter)
        => new("Two facts of an audit entry have one name, or the entry would be longer than 1 MiB.", parameter);

    public static ArgumentException NotOnTheRoster(string client, string parameter)
        => new($"The client '{client}' is not on the roster of the epoch. Name a client that is.", parameter);

    public static ArgumentException AdministratorsNotDistinct(string parameter)
        => new("Each administrator needs a name of 1 to 64 ASCII letters, digits, dots, hyphens and underscores, and a key, that no other one has.", parameter);

    public static ArgumentException ApprovalsOutOfReach(int administrators, string parameter)
        => new($"The number of approvals must be from 1 to the number of administrators, which is {administrators}.", parameter);

    public static ArgumentException AdministratorIsAParty(string name, string parameter)
        => new($"The administrator '{name}' has the key of a party of the job, which would approve what it asks for. Give the administrator a key of its own.", parameter);

    public static ArgumentException NotAnAdministratorName(string parameter)
        => new("The name of an administrator has 1 to 64 ASCII letters, digits, dots, hyphens and underscores.", parameter);

    public static InvalidOperationException ApprovalsAreDemanded()
        => new("The authority demands approvals already, and no later call changes by whom. Load it anew with other rules.");

    public static ArgumentException WrongGroupKeyLength(string parameter)
        => new($"A group key has {TagKey.SizeInBytes} bytes.", parameter);

    public static HeParameterException OuterPrimeTooSmall(string scheme)
        => new(
            ParameterError.ModulusSizeNotSupported,
            $"A prime of the scheme '{scheme}' has fewer than 31 bits: a tag modulo so small a prime can be guessed, so the scheme " +
            "cannot protect round keys. Choose primes of 31 bits or more.");

    public static HeMismatchException KeysOfTwoPairs()
        => new("The public key and the secret key do not belong together. Give the two keys of one pair.");

    public static HeMismatchException ParametersOfAnotherJob()
        => new("The scheme's parameters are not the job's parameters. All parties of a job use one parameter set.");

    public static HeMismatchException KeysOfAnotherJob()
        => new("The keys do not belong to the job. Ask the job's key authority for a grant.");

    public static HeMismatchException KeysOfAnotherEpoch()
        => new("The keys do not belong to the client's epoch. Ask the job's authority for a grant, with the client's own description of the job.");

    public static HeMismatchException KeysOfTheModelMissing()
        => new("The keys of the epoch that the saved model is of are missing. Pass the keys of all epochs until the client has a model of the newest one.");

    public static HeMismatchException EncryptorOfAnotherJob()
        => new("The encryptor has other parameters or another key than the job. It must encrypt under the job's key.");

    public static HeMismatchException IdentityOfAnotherServer()
        => new("The identity is not the one of the server that the job names. After a restart, pass the stored identity.");

    public static HeMismatchException AuthorityOfAnotherJob()
        => new("The job names another key authority. Pass the job that was described with this one.");

    public static HeMismatchException ServerBeginsInALaterEpoch()
        => new("A server takes the job as it was described, because its state has the later epochs. Pass the job of the first epoch.");

    public static InvalidOperationException HasherIsComplete()
        => new("The hasher has returned the digests of its message. Create another one for the next message.");

    public static ArgumentException BeyondMessage(string parameter)
        => new("The bytes reach beyond the end of the message that the head describes. Append no more than the head says.", parameter);

    public static ArgumentOutOfRangeException NoChunkBegins(string parameter)
        => new(parameter, "No chunk that came begins there. Go back to the beginning of a chunk.");

    public static InvalidOperationException OtherPlanUnderWay()
        => new("Members vote for another plan already, and its epoch begins first. Propose a plan of the epoch after it then.");

    public static HeMismatchException ModelOfAnotherLayout()
        => new("The model has another layout than the job. All parties must use the same names, shapes, types and bounds.");

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
            (firstFailure is null ? string.Empty : $" The first failure was: {firstFailure.Message}"));

    public static MaskNotAgreedException DifferentMasks()
        => new("Clients found different masks, or none of them received the result. Agree again before training.");

    public static InsecureFederationException InsecureScheme(string schemeName)
        => new($"The scheme '{schemeName}' protects nothing under these parameters. Choose another scheme, or allow it explicitly with AllowInsecure.");

    public static InsecureFederationException MaskEncryptsNothing()
        => new("The job's mask encrypts nothing. Choose another mask, or allow it explicitly with AllowInsecure.");

    public static InsecureFederationException AdaptersInClear()
        => new("The job's mask leaves values of adapters in clear, which tell the text that they were trained on. Choose a mask that encrypts every value, or allow it explicitly with AllowInsecure.");

    public static HeMismatchException StrategyOfAnotherJob(string expected, string actual)
        => new($"The job asks for the strategy '{expected}', not '{actual}'. Pass the job's strategy.");

    public static NotSupportedException UnknownStrategy(string name)
        => new($"This package has no strategy '{name}'. Pass an instance of your own.");

    public static InvalidOperationException BadSelection(string strategy)
        => new($"The strategy '{strategy}' selected clients that are not available, or fewer than the quorum.");

    public static ArgumentException FedAvgHasNoProximalTerm(string parameter)
        => new("FedAvg has no proximal term. Set its weight to 0, or use FedProx.", parameter);

    public static ArgumentException FedProxNeedsProximalTerm(string parameter)
        => new("FedProx needs a positive weight of the proximal term. With 0 it is FedAvg.", parameter);

    public static ArgumentException RosterBelowQuorum(string parameter)
        => new("The roster has fewer clients than the quorum, so no round could ever be closed. Add clients, or lower the quorum.", parameter);

    public static ArgumentException NeverConfirmed(string parameter)
        => new("More clients would have to confirm a model than the roster has, so none could ever be published. Lower the number of tolerated dishonest clients.", parameter);

    public static PlanRefusedException WeightsExceedCapacity(int clients, long largestTotal)
        => new(
            PlanError.WeightsExceedCapacity,
            $"{clients} clients of the largest weight do not fit one sum, whose weights may add up to {largestTotal}: later uploads of a round would be refused. " +
            $"Lower the largest weight to {largestTotal / clients}, invite fewer clients, or take parameters with more room.",
            largestTotal);

    public static PlanRefusedException MessagesTooLong(long longest, long limit)
        => new(
            PlanError.MessagesExceedLimit,
            $"An upload or an aggregate of this job may take {longest} bytes, and this party takes messages of at most {limit}. " +
            "Raise the limit where it can be raised, or move updates as streams with the layer below.");

    public static PlanRefusedException SumsTooLongForMemory(long longest)
        => new(
            PlanError.MessagesExceedLimit,
            $"An aggregate of this job may take {longest} bytes, more than an array can. Name a SumFolder, so that sums are files.");

    public static InvalidOperationException NoAuthenticator(string? federation)
        => new(
            "No authenticator was named, and a key authority hands the job's secret key to whoever it accepts. Register an IClientAuthenticator" +
            (federation is null ? ", " : $" with the key '{federation}', ") +
            "or call AuthenticateByRosterAlone() after AddFederation() where the signature of a client on the roster is enough.");

    public static InvalidOperationException NoScheme(string? federation)
        => new(
            "No scheme was chosen, and clients share an authority's key of one. Describe jobs with a committee, or call UseCkks() after " +
            $"AddFederation({(federation is null ? string.Empty : $"\"{federation}\"")}).");

    public static ArgumentException NotAMessageOf(string client, string parameter)
        => new($"The bytes are no message of the client '{client}'. A client makes heads for its own messages alone.", parameter);

    public static ArgumentException ChunksImpossible(int shortest, int longest, int most, string parameter)
        => new($"The message cannot be cut into chunks of this length. Choose a power of two from {shortest} to {longest} with which it has at most {most} chunks.", parameter);

    public static ArgumentException MetricRefused(int most, int longest, string parameter)
        => new($"Metrics are 1 to {most} finite numbers, each with a name of its own of 1 to {longest} characters from a-z, 0-9, '_', '.' and '-'.", parameter);

    public static ArgumentException NotARoundOfMetrics(string parameter)
        => new("Metrics are of an attempt at a round, and both begin with 1.", parameter);

    public static ArgumentException NotACommittee(string parameter, int least, int most)
        => new($"A committee has {least} to {most} different members.", parameter);

    public static ArgumentException NotSuccessors(string parameter)
        => new("The successors of members are different clients, and none of them is a member.", parameter);

    public static ArgumentException RetiredNotOnTheRoster(string parameter)
        => new("A retired client is not on the roster of the epoch. Leave clients that leave off the roster; they need not be retired.", parameter);

    public static ArgumentException TooManyCorruptMembers(string parameter, int members, int most)
        => new($"A committee of {members} opens nothing, or two sums of one round, when more than {most} members break the protocol. Name more members, or trust more of them.", parameter);

    public static ArgumentException ObserverOfAnotherExchange(string parameter, KeyExchange exchange)
        => new($"The committee seals with {exchange}, and the observer's key is of another key exchange. Generate the key for {exchange}.", parameter);

    public static HeMismatchException ObserverOfAnotherJob()
        => new("The job names no observer, or another one: this key opens nothing of it. Take the key whose public part is in the committee's terms.");

    public static ArgumentException NotOnTheRoster(string parameter)
        => new("The roster lacks the client, or has another key of it. Draw among the clients of one roster, with their own identities.", parameter);

    public static NotSupportedException KeyExchangeMissing(KeyExchange exchange)
        => new(
            $"The job seals shares with {exchange}, which this platform lacks. Run this party on a platform that has it, such as OpenSSL 3.5 for ML-KEM, or " +
            $"describe the job with {nameof(KeyExchange.P256)}.");

    public static InvalidOperationException NoKeyPair()
        => new("The job's sums are opened by a committee, so its clients have no key pair. Encrypt and decrypt through a FederationClient.");

    public static HeMismatchException CommitteeHasNoScheme()
        => new("The job's sums are opened by a committee, so its keys belong to no scheme. Open the answer without a context.");

    public static HeMismatchException SchemeNeedsContext()
        => new("The job's keys belong to a scheme. Open the answer with the context of its parameters.");

    public static ArgumentException RosterRepeatsClient(string parameter)
        => new("A roster must list at least one client, and each client only once.", parameter);

    public static ArgumentException RosterRepeatsKey(string parameter)
        => new("Two clients on the roster have the same key. Each client must make its own.", parameter);

    public static ArgumentException RosterListsTheServer(string parameter)
        => new("A client on the roster has the server's key. The server must make a key of its own.", parameter);

    public static ArgumentException ServerHasTheAuthoritysKey(string parameter)
        => new("The server has the key that signs the authority's grants. Server and authority must not share a key.", parameter);

    public static ArgumentException NotAP256Key(string parameter)
        => new($"The key is not an {nameof(ECDsa)} key on the curve P-256.", parameter);

    public static ArgumentException SecretKeyNotExportable(string parameter)
        => new("A key authority needs a secret key that it may export in clear, to encrypt it for clients.", parameter);

    public static ArgumentException NotAnEphemeralKey(string parameter)
        => new("The recipient's bytes are not a public key on the curve P-256.", parameter);

    public static ArgumentOutOfRangeException NotPositive(string parameter, int largest)
        => new(parameter, $"{parameter} must be from 1 to {largest}.");

    public static ArgumentOutOfRangeException NotFiniteOrNegative(string parameter)
        => new(parameter, $"{parameter} must be finite and at least 0.");

    public static InvalidOperationException JobHasStarted()
        => new("The job has already started. A job can be started only once.");

    public static InvalidOperationException SumIsAheadOfItsState()
        => new("The file of the sum has an update that was not accepted. Restore the server from what was saved last.");

    public static InvalidOperationException MessageTooLongForMemory(long length)
        => new($"The message has {length} bytes, more than an array can. Read it as a stream.");

    public static InvalidOperationException ModelIsInAFile()
        => new("The client has its models in files, so there is none in memory. Read the property Model instead.");

    public static ConcurrentUseException ConcurrentUse(string type)
        => new($"A {type} was called while an earlier call was still running. Pass messages in one at a time, from one thread after another.");

    public static InvalidOperationException ServerSuperseded()
        => new("The server has stopped, because a newer state of it exists. Resume that one; the state of this server must not be saved.");

    public static ArgumentException StreamNotSeekable(string parameter)
        => new("The stream must be readable and seekable, because it is read more than once.", parameter);

    public static IOException OwnModelUnreadable(Exception cause)
        => new("The values of the client's own model cannot be read, so the sum was not added to it. Mend the model, and pass the message in again.", cause);

    public static ArgumentException SetupWithoutModels(string parameter)
        => new("The setup has neither files nor an initial model and a trainer. Set Files, or both of the others.", parameter);

    public static InvalidOperationException StateHasMovedOn()
        => new("The party has taken another step since. Write the state of a step before the next one, or the state of the newest step.");

    public static ArgumentOutOfRangeException UndefinedChoice(string parameter)
        => new(parameter, "The value is not defined in its enumeration.");

    public static InvalidOperationException DifferencesNeedAProtector()
        => new(
            "The job's updates are differences, so the saved state of a client must hold the model that they are added to, and must not show it in clear. " +
            "Give the setup a Protector.");

    public static InvalidOperationException LocalTensorsNeedAProtector()
        => new(
            "Layers of the model stay with the client, so its saved state must hold what it trained them to, and must not show it in clear. " +
            "Give the setup a Protector.");

    public static ArgumentException OptimizerOfModels(string parameter)
        => new("An optimizer moves the model by average differences. Let the updates be UpdateKind.Difference.", parameter);

    public static InvalidOperationException SigningKeyNotExportable(Exception cause)
        => new("The signing key cannot be exported, because its store keeps it. Open it from its store after a restart instead.", cause);

    public static ArgumentException PasswordTooShort(int minimum, string parameter)
        => new($"A password needs at least {minimum} characters.", parameter);

    public static InvalidOperationException TrainerReturnedNothing(Type trainer)
        => new($"The trainer {trainer} returned no model. It must return the model after training, or throw.");

    public static CorrectionMissingException TrainerDidNotCorrect(Type trainer)
        => new(
            $"The job follows SCAFFOLD, and the trainer {trainer} returned no TotalStep that is positive and finite. A trainer of such a job adds the task's " +
            "Correction to its gradient in every step, without momentum, and returns the sum of its step sizes.");

    public static ArgumentException ContextOrCommittee(string parameter)
        => new("Sums are opened either with the key of a scheme or by a committee. Give a context or a committee, and not both.", parameter);

    public static ArgumentException AuthorityNeedsContext(string parameter, string reason)
        => new($"{reason} A key belongs to a scheme: give the setup a context.", parameter);

    public static ArgumentException CommitteeNamedTwice(string parameter)
        => new("The setup describes a committee, and names a choice of keys beside it. Leave one of the two out.", parameter);

    public static ArgumentException NoCommittee(string obstacle)
        => new($"No committee can open the sums of this job: {obstacle}.");

    public static InvalidOperationException NoCommitteePlanned()
        => new("The plan has no committee: every client gets the key of an authority.");

    public static ArgumentException ClientJoinsAgain(string parameter)
        => new("A client joins that the federation has, or had. Give it another name.", parameter);

    public static TooLongForMemoryException StateTooLong(long bytes)
        => new($"What a party keeps of this model has {bytes} bytes, more than an array can have. Keep the models of clients in files (FederationClientSetup.Files), and the sums of the server too; " +
            "UpdateEncryptor and UpdateAggregator take any size through files.");

    public static TooLongForMemoryException TooManySegments()
        => new("The model has more segments than can be counted in 31 bits. Choose parameters with more values in a ciphertext.");

    public static InvalidOperationException FederationHasRun()
        => new("This federation has already run. Create another one.");
}
