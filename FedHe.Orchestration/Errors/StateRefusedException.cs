using FedHe.Crypto.Errors;

namespace FedHe.Orchestration.Errors;

/// <summary>The exception for a saved state that a party does not resume from, for the given <see cref="Error"/>.</summary>
public sealed class StateRefusedException : HeException
{
    /// <summary>Creates the exception for a reason.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="innerException">The cause, or null.</param>
    public StateRefusedException(StateError error, Exception? innerException = null)
        : base(Describe(error), innerException)
    {
        Error = error;
    }

    /// <summary>The reason why the state was refused.</summary>
    public StateError Error { get; }

    private static string Describe(StateError error) => error switch
    {
        StateError.NotAState => "These bytes are not a saved state of this party. Pass the bytes that a step of it wrote.",
        StateError.UnsupportedVersion => "The saved state has a format that this version of the library does not read. Resume it with the version that wrote it.",
        StateError.Truncated => "The saved state ends too early: it was not written to its end. Resume from the state before it, as from an old backup.",
        StateError.Damaged => "The saved state differs from its digest: its bytes were changed on disk or on the way. Resume from another copy.",
        StateError.AnotherJob => "The saved state belongs to another job. Pass the state of the setup's job.",
        StateError.Tampered => "The saved state is not signed with this party's key: somebody else wrote it, or it belongs to another client or server.",
        StateError.Outdated => "The saved state is older than the newest one that is known. Resume from the newest state; an older one would contradict what was sent.",
        StateError.Inconsistent => "Fields of the saved state contradict each other or the setup. Pass the setup that the state was saved under.",
        StateError.MessageMissing => "A message that a saved change refers to is missing, or its bytes were changed. Pass the bytes that were kept with the change.",
        StateError.SumMissing => "A file with a sum that the state refers to is missing, or is not the one that was written. Name the folder in which the server kept its sums, with its files.",
        StateError.FileMissing => "A file with a model or an upload that the state refers to is missing, or is not the one that was written. Name the folder in which the client kept its files, with its files, or begin without a state.",
        _ => "The protector does not open the secrets in the saved state. Pass the protector, or the password, that they were saved under.",
    };
}
