public import WGEGoTemplate

extension FunctionSet {
  /// Sprig's functions that hash passwords, encrypt, and make keys and certificates.
  ///
  /// ```swift
  /// let options = TemplateOptions(functions: .helm().merging(.sprigCrypto()))
  /// ```
  ///
  /// `bcrypt`, `htpasswd`, `derivePassword`, `encryptAES`, `decryptAES`, `genPrivateKey`, `genCA`, `genSelfSignedCert`,
  /// `genSignedCert`, their twins `...WithKey`, and `buildCustomCert`. They are apart from `sprig()`, because they need
  /// swift-crypto's larger half, swift-certificates and libxcrypt, and because a template that uses them renders anew
  /// each time and puts secrets into its output.
  ///
  /// Initialisation vectors, salts and serial numbers come from ``RenderEnvironment/randomBytes``, times from its
  /// clock; keys always from the system's secure generator. DSA keys, which Go can make, are refused.
  public static func sprigCrypto() -> FunctionSet {
    FunctionSet(PasswordFunctions.all + AESFunctions.all + CertificateFunctions.all)
  }
}
