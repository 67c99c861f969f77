using FedHe.Crypto.Identities;
using FedHe.MLBridge.Controls;

namespace FedHe.Orchestration.Client;

/// <summary>A sent control says what a client's control variate becomes where an upload is in an opened sum.</summary>
/// <param name="Round">The round of the upload.</param>
/// <param name="Attempt">The attempt of the upload.</param>
/// <param name="Nonce">The nonce of the upload, which the list of the sum names.</param>
/// <param name="After">The client's control variate afterwards; uploads of one training have the same object.</param>
internal sealed record SentControl(int Round, int Attempt, Digest Nonce, ControlVariate After);
